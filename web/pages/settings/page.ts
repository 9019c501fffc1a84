import { definePage } from '../../app/page';

export const page = definePage({
  path: '/settings',
  title: 'Settings',
  navigation: { order: 10, label: 'Settings', key: 's' },
  load: () => import('./settings'),
});
