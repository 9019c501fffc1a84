// `npm install` leaves optional packages of other platforms out of the lock, and `npm ci` then refuses it. This adds them, as
// {version, optional, os, cpu, libc}: run it after every change of the lock. Run twice, it changes nothing the second time.
import { readFileSync, writeFileSync } from 'node:fs';

const file = new URL('../package-lock.json', import.meta.url);
const lock = JSON.parse(readFileSync(file, 'utf8'));
const packages = lock.packages;

/** Where `name` would be found from the package at `from`: its own folder first, then each one above. */
/** @param {string} from @param {string} name */
function resolve(from, name) {
  for (let at = from; ; ) {
    const candidate = `${at === '' ? '' : `${at}/`}node_modules/${name}`;
    if (packages[candidate] !== undefined) return candidate;
    if (at === '') return null;
    const cut = at.lastIndexOf('/node_modules/');
    at = cut < 0 ? '' : at.slice(0, cut);
  }
}

const systems = ['linux', 'darwin', 'win32', 'freebsd', 'openbsd', 'netbsd', 'android', 'sunos', 'aix', 'openharmony'];
const processors = ['x64', 'arm64', 'arm', 'ia32', 'ppc64', 'riscv64', 's390x', 'loong64', 'mips64el', 'wasm32'];

/** Platform packages carry their platform in their name. @param {string} name */
function platformOf(name) {
  const words = name.split(/[-/_.@]/);
  const os = systems.filter((word) => words.includes(word));
  const cpu = processors.filter((word) => words.includes(word));
  const libc = words.includes('musl') ? ['musl'] : words.includes('gnu') ? ['glibc'] : [];
  return { ...(cpu.length > 0 ? { cpu } : {}), ...(libc.length > 0 ? { libc } : {}), ...(os.length > 0 ? { os } : {}) };
}

/** @param {[string, unknown]} a @param {[string, unknown]} b */
const byKey = ([a], [b]) => (a < b ? -1 : a > b ? 1 : 0);

let added = 0;
for (const [path, entry] of Object.entries({ ...packages })) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    if (resolve(path, name) !== null || !/^\d/.test(version)) continue;
    const facts = { ...platformOf(name), ...(entry.dev === true ? { dev: true } : {}), optional: true };
    // In npm's own order of keys, so that its next run changes nothing.
    packages[`node_modules/${name}`] = { version, ...Object.fromEntries(Object.entries(facts).sort(byKey)) };
    added += 1;
  }
}
lock.packages = Object.fromEntries(Object.entries(packages).sort(byKey));
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
console.log(`package-lock.json: ${added} optional platform packages added`);
