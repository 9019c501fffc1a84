import { definePage } from '../../app/page';

export const page = definePage({ path: '/patches/$patchId', title: 'Patch', load: () => import('./patch') });
