// Words that somebody has to give: a reason, a justification. The field grows with them.

import { Textarea } from '@mantine/core';

export function Words({
  label,
  description,
  value,
  onChange,
  focused = false,
  needed = true,
}: {
  label: string;
  description?: string;
  value: string;
  onChange: (words: string) => void;
  focused?: boolean;
  needed?: boolean;
}) {
  return (
    <Textarea
      label={label}
      {...(description === undefined ? {} : { description })}
      required={needed}
      autosize
      minRows={2}
      maxRows={8}
      {...(focused ? { 'data-autofocus': true } : {})}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}
