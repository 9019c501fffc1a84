import { definePage } from '../../app/page';

export const page = definePage({
  path: '/today',
  title: 'Today',
  navigation: { order: 1, label: 'Today', key: 't' },
  load: () => import('./today'),
});
