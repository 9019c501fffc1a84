import { definePage } from '../../app/page';

export const page = definePage({
  path: '/maintenance',
  title: 'Maintenance',
  navigation: { order: 4, label: 'Maintenance', key: 'm' },
  load: () => import('./maintenance'),
});
