// The inventory on PostgreSQL: migrated, then all stores on one pool.

import type pg from 'pg';
import type { ActingPort } from '../../ports/acting.js';
import type { Inventory } from '../../ports/inventory.js';
import { createAccessStore } from './accessStore.js';
import { createTell } from './auditLog.js';
import { createArrivalStore } from './arrivalStore.js';
import { createBaselineStore } from './baselineStore.js';
import { createByHandStore } from './byHandStore.js';
import { createCalendarStore } from './calendarStore.js';
import { createChangeStore } from './changeStore.js';
import { createChannelStore } from './channelStore.js';
import { openDatabase } from './database.js';
import { createChecklistStore } from './checklistStore.js';
import { createDecisionBundleStore } from './decisionBundleStore.js';
import { createDecisionStore } from './decisionStore.js';
import { createDeferralStore } from './deferralStore.js';
import { createDefinitionStore } from './definitionStore.js';
import { createDelegationStore } from './delegationStore.js';
import { createDueStore } from './dueStore.js';
import { createEmergencyStore } from './emergencyStore.js';
import { createEquivalenceStore } from './equivalenceStore.js';
import { createExceptionStore } from './exceptionStore.js';
import { createEventStore, createStopStore } from './eventStore.js';
import { createFleetStore } from './fleetStore.js';
import { createForensicStore } from './forensicStore.js';
import { createGuestStore } from './guestStore.js';
import { createImpactStore } from './impactStore.js';
import { createIncidentStore } from './incidentStore.js';
import { createIsolationStore } from './isolationStore.js';
import { createKnownIssueStore } from './knownIssueStore.js';
import { createNeedStore } from './needStore.js';
import { createNoticeStore } from './noticeStore.js';
import { createOperationStore } from './operationStore.js';
import { createPatchStore } from './patchStore.js';
import { createPatchWaiverStore } from './patchWaiverStore.js';
import { createPolicyStore } from './policyStore.js';
import { createRestorationStore } from './restorationStore.js';
import { createRevisionStore } from './revisionStore.js';
import { createRiskStore } from './riskStore.js';
import { createRunStore } from './runStore.js';
import { createSecurityIssueStore } from './securityIssueStore.js';
import { createServiceTokenStore } from './serviceTokenStore.js';
import { createSessionStore } from './sessionStore.js';
import { createSignInStore } from './signInStore.js';
import { createSoakStore } from './soakStore.js';
import { createStageTestStore } from './stageTestStore.js';
import { createSuccessionStore } from './successionStore.js';
import { createTestStore } from './testStore.js';
import { createTwinStore } from './twinStore.js';
import { createWithdrawalStore } from './withdrawalStore.js';

export { createPool } from './database.js';

export async function openInventory(pool: pg.Pool, acting: ActingPort): Promise<Inventory> {
  const db = await openDatabase(pool);
  const tell = createTell(acting);
  const [fleet, guests, sessions, patches] = [
    createFleetStore(db, tell),
    createGuestStore(db, tell),
    createSessionStore(db, tell),
    createPatchStore(db, tell),
  ];
  return {
    fleet,
    patches,
    tests: createTestStore(db, tell),
    stageTests: createStageTestStore(db, tell),
    soaks: createSoakStore(db, tell),
    checklists: createChecklistStore(db, tell),
    isolations: createIsolationStore(db, tell),
    decisions: createDecisionStore(db, tell),
    decisionBundles: createDecisionBundleStore(db, tell),
    arrivals: createArrivalStore(db),
    runs: createRunStore(db, tell),
    sessions,
    operations: createOperationStore(db),
    events: createEventStore(db, tell),
    guests,
    baselines: createBaselineStore(db, tell, { fleet, guests, sessions, patches }),
    restorations: createRestorationStore(db, tell),
    securityIssues: createSecurityIssueStore(db, tell),
    access: createAccessStore(db, tell),
    risks: createRiskStore(db, tell),
    knownIssues: createKnownIssueStore(db, tell),
    patchWaivers: createPatchWaiverStore(db, tell),
    emergencies: createEmergencyStore(db, tell),
    withdrawals: createWithdrawalStore(db, tell),
    deferrals: createDeferralStore(db),
    changes: createChangeStore(db, tell),
    successions: createSuccessionStore(db, tell),
    revisions: createRevisionStore(db),
    needs: createNeedStore(db, tell),
    definitions: createDefinitionStore(db),
    byHand: createByHandStore(db, tell, { fleet, guests }),
    channels: createChannelStore(db, tell),
    calendars: createCalendarStore(db, tell),
    due: createDueStore(db, tell),
    equivalence: createEquivalenceStore(db),
    delegations: createDelegationStore(db, tell),
    exceptions: createExceptionStore(db, tell),
    forensics: createForensicStore(db, tell),
    impacts: createImpactStore(db, tell),
    incidents: createIncidentStore(db, tell),
    notices: createNoticeStore(db, tell),
    policies: createPolicyStore(db, tell),
    serviceTokens: createServiceTokenStore(db, tell),
    signIns: createSignInStore(db, tell),
    stops: createStopStore(db, tell),
    twins: createTwinStore(db, tell),
  };
}
