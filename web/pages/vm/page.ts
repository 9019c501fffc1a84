import { definePage } from '../../app/page';

export const page = definePage({ path: '/vms/$name', title: 'Machine', load: () => import('./vm') });
