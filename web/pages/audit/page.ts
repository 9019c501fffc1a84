import { definePage } from '../../app/page';

export const page = definePage({
  path: '/audit',
  title: 'Audit',
  navigation: { order: 8, label: 'Audit', key: 'a' },
  load: () => import('./audit'),
});
