import { definePage } from '../../app/page';

export const page = definePage({ path: '/notices', title: 'Notices', load: () => import('./notices') });
