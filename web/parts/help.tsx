// Words of the glossary, explained where they stand. The glossary of the documentation is the only place that says what they mean.

import { HoverCard, Text, UnstyledButton } from '@mantine/core';
import glossary from '../../docs/glossary.md?raw';

const meanings = new Map(
  glossary.split('\n').flatMap((line) => {
    const [, word, meaning] = line.split('|').map((cell) => cell.trim());
    return word === undefined || meaning === undefined || meaning === '' || word.startsWith('-') || word === 'word'
      ? []
      : word.split(', ').map((one) => [one.toLowerCase(), meaning.replaceAll('`', '')] as const);
  }),
);

export function Help({ word, children }: { word: string; children?: string }) {
  const meaning = meanings.get(word.toLowerCase());
  if (meaning === undefined) return <>{children ?? word}</>;
  return (
    <HoverCard width={320} shadow="md" openDelay={200}>
      <HoverCard.Target>
        <UnstyledButton
          component="span"
          tabIndex={0}
          role="note"
          style={{ textDecoration: 'underline dotted', textUnderlineOffset: 3, cursor: 'help', font: 'inherit' }}
          aria-label={`${children ?? word}: ${meaning}`}
        >
          {children ?? word}
        </UnstyledButton>
      </HoverCard.Target>
      <HoverCard.Dropdown>
        <Text size="sm">{meaning}</Text>
      </HoverCard.Dropdown>
    </HoverCard>
  );
}
