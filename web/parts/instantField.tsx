// A day and a time of day as the viewer's clock has it; what is sent is the instant.

import { TextInput } from '@mantine/core';

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

export function InstantField({
  label,
  description,
  value,
  onChange,
  needed = true,
}: {
  label: string;
  description?: string;
  value: string;
  onChange: (value: string) => void;
  needed?: boolean;
}) {
  return (
    <TextInput
      type="datetime-local"
      label={label}
      description={[description, `your clock: ${zone}`].filter((one) => one !== undefined).join('; ')}
      required={needed}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}

/** ISO 8601 in UTC; an empty or half field is an error that names it. */
export function instantOf(value: string, label: string): string {
  const time = new Date(value);
  if (value === '' || Number.isNaN(time.getTime())) throw new Error(`${label}: give a day and a time`);
  return time.toISOString();
}
