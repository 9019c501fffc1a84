// The class of an Azure size out of its name: family, how many processors, and what they are.
// https://learn.microsoft.com/en-us/azure/virtual-machines/vm-naming-conventions

export interface SizeClass {
  /** `D`, `E`, `FX`. */
  family: string;
  /** As the name counts them: `E8-4s_v5` is used with four. */
  cores: number;
  processor: 'x64' | 'Arm64';
}

const form = /^(?:Standard|Basic)_([A-Z]+)(\d+)(?:-(\d+))?([a-z]*)(?:_.*)?$/;

/** Null for a name of another form. */
export function sizeClassOf(size: string | null): SizeClass | null {
  const [family, all, used, features] = form.exec(size ?? '')?.slice(1) ?? [];
  if (family === undefined || all === undefined) return null;
  return { family, cores: Number(used ?? all), processor: (features ?? '').includes('p') ? 'Arm64' : 'x64' };
}

export function spokenSize({ family, cores, processor }: SizeClass): string {
  return `${family} with ${cores} processors${processor === 'Arm64' ? ' (Arm64)' : ''}`;
}
