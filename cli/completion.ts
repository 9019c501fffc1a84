// `patchline completion`: scripts for shells, written from the commands themselves.

import type { Command } from 'commander';
import { CliFailure, exitCodes } from './failure.js';
import { show } from './print.js';

/** What may follow a command: its commands and options. The program itself is ''; its commands ' patch', ' patch list'. */
type Words = Map<string, string[]>;

const shells: Record<string, (words: Words) => string> = { bash, zsh, fish };

export function completionCommand(program: Command): void {
  program
    .command('completion <shell>')
    .description('a script that completes commands and options: for bash, zsh or fish')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nbash:  source <(patchline completion bash)\nzsh:   source <(patchline completion zsh)\nfish:  patchline completion fish | source',
    )
    .action((shell: string, { json = false }: { json?: boolean }) => {
      const write = Object.hasOwn(shells, shell) ? shells[shell] : undefined;
      if (write === undefined)
        throw new CliFailure(
          `There is no completion for ${shell}: there is for ${Object.keys(shells).join(', ')}.`,
          exitCodes.usage,
        );
      const script = write(wordsOf(program));
      show({ json }, { shell, script }, () => script);
    });
}

function wordsOf(command: Command, path = '', words: Words = new Map()): Words {
  const options = command.options.filter((one) => !one.hidden).map((one) => one.long ?? one.short ?? '');
  words.set(path, [...command.commands.map((one) => one.name()), ...options, '--help']);
  for (const one of command.commands) wordsOf(one, `${path} ${one.name()}`, words);
  return words;
}

const known = (words: Words): string[] => [...words.keys()].filter((path) => path !== '').map((path) => `'${path}'`);

function bash(words: Words): string {
  return `_patchline() {
  local path='' word words=''
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$path $word" in
      ${known(words).join('|')}) path="$path $word" ;;
    esac
  done
  case "$path" in
${[...words].map(([path, next]) => `    '${path}') words='${next.join(' ')}' ;;`).join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _patchline patchline`;
}

function zsh(words: Words): string {
  return `#compdef patchline
_patchline() {
  local at='' word
  local -a next
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "$at $word" in
      ${known(words).join('|')}) at="$at $word" ;;
    esac
  done
  case "$at" in
${[...words].map(([path, next]) => `    '${path}') next=(${next.join(' ')}) ;;`).join('\n')}
  esac
  compadd -- $next
}
compdef _patchline patchline`;
}

function fish(words: Words): string {
  return `function __patchline_words
  set -l at ''
  for word in (commandline -opc)[2..-1]
    switch "$at $word"
      case ${known(words).join(' ')}
        set at "$at $word"
    end
  end
  switch "$at"
${[...words].map(([path, next]) => `    case '${path}'\n      printf '%s\\n' ${next.join(' ')}`).join('\n')}
  end
end
complete -c patchline -f -a '(__patchline_words)'`;
}
