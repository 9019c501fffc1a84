import { definePage } from '../../app/page';

export const page = definePage({
  path: '/policy',
  title: 'Policy',
  navigation: { order: 9, label: 'Policy', key: 'o' },
  load: () => import('./policy'),
});
