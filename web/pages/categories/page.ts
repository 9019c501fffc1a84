import { definePage } from '../../app/page';

export const page = definePage({
  path: '/categories',
  title: 'Categories and baselines',
  navigation: { order: 6, label: 'Categories', key: 'c' },
  load: () => import('./categories'),
});
