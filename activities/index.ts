// All activities of Patchline, made from the ports that the composition root fills.

import { createAlarmActivities } from './alarms.js';
import { createBaselineActivities } from './baselines.js';
import { createChangeActivities } from './changes.js';
import { createChannelActivities } from './channels.js';
import { createChecklistActivities } from './checklists.js';
import { createCycleActivities } from './cycle.js';
import { createDecideActivities } from './decide.js';
import { createDeferralActivities } from './deferral.js';
import { createDeliverActivities } from './deliver.js';
import { createDeployActivities } from './deploy.js';
import { createDownloadActivities } from './download.js';
import { createEmergencyActivities } from './emergencies.js';
import { createForensicActivities } from './forensics.js';
import { createHaltActivities } from './halts.js';
import { createImpactActivities } from './impact.js';
import { createIsolationActivities } from './isolation.js';
import { createIsolationReturnActivities } from './isolationReturn.js';
import { createInventoryActivities } from './inventory.js';
import { createMachineProbeActivities } from './machineProbe.js';
import { createMaintainActivities } from './maintain.js';
import { createNewsActivities } from './news.js';
import { createMaintenanceNoticeActivities } from './maintenanceNotices.js';
import { createNoticeTestActivities } from './noticeTest.js';
import { createNotifyActivities } from './notify.js';
import { createPageActivities } from './page.js';
import type { Ports } from './ports.js';
import { createRequestActivities } from './request.js';
import { createRestoreActivities } from './restore.js';
import { createReviewActivities } from './review.js';
import { createSessionActivities } from './session.js';
import { createSoakActivities } from './soak.js';
import { createStageTestActivities } from './stageTest.js';
import { createStepActivities } from './steps.js';
import { createTestVerdictActivities } from './testVerdicts.js';
import { createTwinActivities } from './twins.js';
import { createTwinBuildActivities } from './twinBuild.js';
import { createTwinStepActivities } from './twinSteps.js';
import { createUrgencyActivities } from './urgency.js';
import { createVerifyActivities } from './verify.js';
import { createWaiverActivities } from './waivers.js';
import { createWithdrawActivities } from './withdraw.js';

export function createActivities(ports: Ports) {
  return {
    ...createChannelActivities(ports),
    ...createCycleActivities(ports),
    ...createInventoryActivities(ports),
    ...createBaselineActivities(ports),
    ...createNotifyActivities(ports),
    ...createReviewActivities(ports),
    ...createNewsActivities(ports),
    ...createDownloadActivities(ports),
    ...createStageTestActivities(ports),
    ...createTestVerdictActivities(ports),
    ...createIsolationActivities(ports),
    ...createIsolationReturnActivities(ports),
    ...createImpactActivities(ports),
    ...createRequestActivities(ports),
    ...createDecideActivities(ports),
    ...createDeferralActivities(ports),
    ...createHaltActivities(ports),
    ...createDeployActivities(ports),
    ...createMaintainActivities(ports),
    ...createSessionActivities(ports),
    ...createStepActivities(ports),
    ...createMachineProbeActivities(ports),
    ...createSoakActivities(ports),
    ...createChecklistActivities(ports),
    ...createVerifyActivities(ports),
    ...createRestoreActivities(ports),
    ...createUrgencyActivities(ports),
    ...createForensicActivities(ports),
    ...createAlarmActivities(ports),
    ...createDeliverActivities(ports),
    ...createNoticeTestActivities(ports),
    ...createPageActivities(ports),
    ...createMaintenanceNoticeActivities(ports),
    ...createWaiverActivities(ports),
    ...createEmergencyActivities(ports),
    ...createChangeActivities(ports),
    ...createWithdrawActivities(ports),
    ...createTwinActivities(ports),
    ...createTwinBuildActivities(ports),
    ...createTwinStepActivities(ports),
  };
}

export type Activities = ReturnType<typeof createActivities>;
