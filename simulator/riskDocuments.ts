// What is known of the vulnerabilities in the table of facts, in the shapes in which CISA and FIRST publish it.
// Sources: https://www.cisa.gov/known-exploited-vulnerabilities-catalog, https://www.first.org/epss/, https://github.com/cisagov/vulnrichment

interface RiskFacts {
  name: string;
  kev: { dateAdded: string; dueDate: string } | null;
  epss: { score: string; percentile: string } | null;
  cvss: { score: number; vector: string };
}

const local = 'CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H';

const facts: Record<string, RiskFacts> = {
  'CVE-2025-24990': {
    name: 'Microsoft Windows Untrusted Pointer Dereference Vulnerability',
    kev: { dateAdded: '2025-10-14', dueDate: '2025-11-04' },
    epss: { score: '0.06003', percentile: '0.92761' },
    cvss: { score: 7.8, vector: local },
  },
  'CVE-2025-59230': {
    name: 'Microsoft Windows Improper Access Control Vulnerability',
    kev: { dateAdded: '2025-10-14', dueDate: '2025-11-04' },
    epss: { score: '0.02584', percentile: '0.84041' },
    cvss: { score: 7.8, vector: local },
  },
  'CVE-2025-59287': {
    name: 'Microsoft Windows Server Update Service (WSUS) Deserialization of Untrusted Data Vulnerability',
    kev: { dateAdded: '2025-10-24', dueDate: '2025-11-14' },
    epss: { score: '0.99938', percentile: '0.99971' },
    cvss: { score: 9.8, vector: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H' },
  },
  'CVE-2025-55248': {
    name: '.NET, .NET Framework, and Visual Studio Information Disclosure Vulnerability',
    kev: null,
    epss: null,
    cvss: { score: 4.8, vector: 'CVSS:3.1/AV:N/AC:H/PR:L/UI:R/S:U/C:H/I:N/A:N' },
  },
};

export function kevCatalogue(): string {
  const vulnerabilities = Object.entries(facts).flatMap(([cveID, { name, kev }]) =>
    kev === null
      ? []
      : [
          {
            cveID,
            vendorProject: 'Microsoft',
            product: 'Windows',
            vulnerabilityName: name,
            ...kev,
            shortDescription: name,
            requiredAction: 'Apply mitigations per vendor instructions.',
            knownRansomwareCampaignUse: 'Unknown',
            notes: `https://msrc.microsoft.com/update-guide/vulnerability/${cveID}`,
            cwes: [],
          },
        ],
  );
  return JSON.stringify({
    title: 'CISA Catalog of Known Exploited Vulnerabilities',
    catalogVersion: '2025.10.24',
    dateReleased: '2025-10-24T17:00:00.0000Z',
    count: vulnerabilities.length,
    vulnerabilities,
  });
}

export function epssFile(): string {
  const rows = Object.entries(facts).flatMap(([cve, { epss }]) =>
    epss === null ? [] : [`${cve},${epss.score},${epss.percentile}`],
  );
  return ['#model_version:v2025.03.14,score_date:2026-08-22T12:55:00Z', 'cve,epss,percentile', ...rows, ''].join('\n');
}

/** Null: nobody judged it. */
export function vulnrichmentRecord(cveId: string): string | null {
  const held = facts[cveId];
  if (held === undefined) return null;
  const { kev, cvss } = held;
  const isNetwork = cvss.vector.includes('AV:N/AC:L/PR:N/UI:N');
  const options = [
    { Exploitation: kev === null ? 'none' : 'active' },
    { Automatable: isNetwork ? 'yes' : 'no' },
    { 'Technical Impact': cvss.vector.includes('C:H/I:H/A:H') ? 'total' : 'partial' },
  ];
  const content = { id: cveId, role: 'CISA Coordinator', options, version: '2.0.3', timestamp: '2025-10-25T03:55:20Z' };
  return JSON.stringify({
    dataType: 'CVE_RECORD',
    dataVersion: '5.1',
    cveMetadata: { cveId, state: 'PUBLISHED', assignerShortName: 'microsoft' },
    containers: {
      cna: {
        providerMetadata: { orgId: 'f38d906d-7342-40ea-92c1-6c4a2c6478c8', shortName: 'microsoft' },
        metrics: [{ format: 'CVSS', cvssV3_1: { version: '3.1', baseScore: cvss.score, vectorString: cvss.vector } }],
      },
      adp: [
        {
          title: 'CISA ADP Vulnrichment',
          providerMetadata: { orgId: '134c704f-9b21-4f2e-91b3-4a467353bcc0', shortName: 'CISA-ADP' },
          metrics: [{ other: { type: 'ssvc', content } }],
        },
      ],
    },
  });
}
