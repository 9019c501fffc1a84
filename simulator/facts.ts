// Facts of real Microsoft updates, from which documents are written where the vendor's own are not at hand.
// Source: https://msrc.microsoft.com/update-guide (KB numbers, builds, CVE ids, products).

export interface FactPatch {
  kb: string;
  subType: 'Security Update' | 'Security Hotpatch Update' | 'Standalone Security Update';
  severity: 'Critical' | 'Important';
  restart: 'Yes' | 'Maybe';
  supersedes: string | null;
  cves: string[];
  products: { id: string; fixedBuild: string }[];
}

export interface FactMonth {
  id: string;
  title: string;
  initialRelease: string;
  currentRelease: string;
  patches: FactPatch[];
}

export const productNames: Record<string, string> = {
  '11571': 'Windows Server 2019',
  '11572': 'Windows Server 2019 (Server Core installation)',
  '11923': 'Windows Server 2022',
  '11924': 'Windows Server 2022 (Server Core installation)',
  '12436': 'Windows Server 2025',
  '12437': 'Windows Server 2025 (Server Core installation)',
  '11676-11571': 'Microsoft .NET Framework 3.5 AND 4.8 on Windows Server 2019',
  '11676-11572': 'Microsoft .NET Framework 3.5 AND 4.8 on Windows Server 2019 (Server Core installation)',
  '11676-11923': 'Microsoft .NET Framework 3.5 AND 4.8 on Windows Server 2022',
  '11676-11924': 'Microsoft .NET Framework 3.5 AND 4.8 on Windows Server 2022 (Server Core installation)',
};

export const factMonths: FactMonth[] = [
  {
    id: '2025-Oct',
    title: 'October 2025 Security Updates',
    initialRelease: '2025-10-14T07:00:00',
    currentRelease: '2025-10-24T07:00:00',
    patches: [
      windows('5066586', '5065428', ['CVE-2025-24990', 'CVE-2025-59230'], '2019', '10.0.17763.7919'),
      windows('5066782', '5065432', ['CVE-2025-24990', 'CVE-2025-59230'], '2022', '10.0.20348.4294'),
      windows('5066835', '5065426', ['CVE-2025-24990', 'CVE-2025-59230'], '2025', '10.0.26100.6899'),
      windows('5070883', null, ['CVE-2025-59287'], '2019', '10.0.17763.7922'),
      windows('5070884', null, ['CVE-2025-59287'], '2022', '10.0.20348.4297'),
      windows('5070881', null, ['CVE-2025-59287'], '2025', '10.0.26100.6905'),
      framework('5066738', ['CVE-2025-55248'], '11676-11571', '11676-11572', '4.8.04798.02'),
      framework('5066743', ['CVE-2025-55248'], '11676-11923', '11676-11924', '4.8.04798.04'),
    ],
  },
  {
    id: '2026-Jun',
    title: 'June 2026 Security Updates',
    initialRelease: '2026-06-09T07:00:00',
    currentRelease: '2026-06-09T07:00:00',
    patches: [
      windows('5094123', '5087538', ['CVE-2026-33828', 'CVE-2026-34335'], '2019', '10.0.17763.8880'),
      windows('5094128', '5087545', ['CVE-2026-33828', 'CVE-2026-34335'], '2022', '10.0.20348.5256'),
      windows('5094125', null, ['CVE-2026-33828', 'CVE-2026-34335'], '2025', '10.0.26100.32995'),
    ],
  },
];

function windows(
  kb: string,
  supersedes: string | null,
  cves: string[],
  year: '2019' | '2022' | '2025',
  fixedBuild: string,
): FactPatch {
  const ids = { '2019': ['11571', '11572'], '2022': ['11923', '11924'], '2025': ['12436', '12437'] }[year];
  const products = ids.map((id) => ({ id, fixedBuild }));
  return { kb, subType: 'Security Update', severity: 'Critical', restart: 'Yes', supersedes, cves, products };
}

function framework(kb: string, cves: string[], desktop: string, core: string, fixedBuild: string): FactPatch {
  const products = [desktop, core].map((id) => ({ id, fixedBuild }));
  return {
    kb,
    subType: 'Security Update',
    severity: 'Important',
    restart: 'Maybe',
    supersedes: null,
    cves,
    products,
  };
}
