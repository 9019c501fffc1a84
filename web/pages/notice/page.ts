import { definePage } from '../../app/page';

export const page = definePage({ path: '/notices/$id', title: 'Notice', load: () => import('./notice') });
