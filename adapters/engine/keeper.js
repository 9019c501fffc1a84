// Runs one server and ends it when its owner is gone: after `kill -9` of the owner nobody else would.
import { spawn } from 'node:child_process';

const [command = '', ...args] = process.argv.slice(2);
const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'], detached: true });

function end() {
  child.kill('SIGINT');
  setTimeout(() => child.kill('SIGKILL'), 5000).unref();
}

process.on('disconnect', end);
// The owner decides when its server stops: a Ctrl-C reaches the whole group, and the owner still needs it then.
process.on('SIGINT', () => {});
process.on('SIGTERM', end);
child.on('error', (failure) => {
  process.send?.({ error: failure.message });
  process.exitCode = 1;
  if (process.connected) process.disconnect();
});
child.on('exit', (code, signal) => {
  process.exitCode = code ?? (signal === null ? 0 : 1);
  if (process.connected) process.disconnect();
  process.exit();
});
