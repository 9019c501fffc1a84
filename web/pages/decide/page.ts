import { definePage } from '../../app/page';

export const page = definePage({
  path: '/decide/$category',
  title: 'Decide',
  load: () => import('./decide'),
});
