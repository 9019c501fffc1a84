// Ids of vulnerabilities: https://www.cve.org/ResourcesSupport/FAQs

export const cvePattern = /^CVE-\d{4}-\d{4,19}$/;

export function isCve(text: string): boolean {
  return cvePattern.test(text);
}
