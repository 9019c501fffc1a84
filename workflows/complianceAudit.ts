// The fleet against its baselines, from what is known of it.

import { setCurrentDetails } from '@temporalio/workflow';
import { bulk } from './proxies.js';

export interface ComplianceAuditResult {
  machines: number;
  compliant: number;
  withoutBaseline: number;
}

export async function complianceAudit(): Promise<ComplianceAuditResult> {
  const result = await bulk.auditCompliance();
  setCurrentDetails(
    `${result.compliant} of ${result.machines} machines comply, ${result.withoutBaseline} have no baseline`,
  );
  return result;
}
