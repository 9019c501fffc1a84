import { definePage } from '../../app/page';

export const page = definePage({ path: '/maintenance/run', title: 'Run', load: () => import('./run') });
