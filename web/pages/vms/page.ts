import { definePage } from '../../app/page';

export const page = definePage({
  path: '/vms',
  title: 'Machines',
  navigation: { order: 5, label: 'Machines', key: 'v' },
  load: () => import('./vms'),
});
