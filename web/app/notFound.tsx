import { Link } from '../parts/link';

export function NotFound() {
  return (
    <>
      <h1>There is no such page</h1>
      <p>
        Its address may have been cut off. <Link to="/today">Today</Link> shows what needs you.
      </p>
    </>
  );
}
