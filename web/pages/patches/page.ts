import { definePage } from '../../app/page';

export const page = definePage({
  path: '/patches',
  title: 'Patches',
  navigation: { order: 2, label: 'Patches', key: 'p' },
  load: () => import('./patches'),
});
