import { definePage } from '../../app/page';

export const page = definePage({
  path: '/channels',
  title: 'Channels',
  navigation: { order: 7, label: 'Channels', key: 'h' },
  load: () => import('./channels'),
});
