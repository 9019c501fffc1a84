import { definePage } from '../../app/page';

export const page = definePage({
  path: '/decide',
  title: 'Decisions',
  navigation: { order: 3, label: 'Decide', key: 'd' },
  load: () => import('./decisions'),
});
