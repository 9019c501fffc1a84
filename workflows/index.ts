// Every workflow type that a worker registers; a test compares this list with what histories know.

export { assessFleet } from './assessFleet.js';
export { baselineRestore } from './baselineRestore.js';
export { changeDelivery } from './changeDelivery.js';
export { channelSync } from './channelSync.js';
export { complianceAudit } from './complianceAudit.js';
export { culpritIsolation } from './culpritIsolation.js';
export { emergency } from './emergency.js';
export { inventorySync } from './inventorySync.js';
export { maintenanceRun } from './maintenanceRun.js';
export { noticeDelivery } from './noticeDelivery.js';
export { noticeTest } from './noticeTest.js';
export { noticeWatch } from './noticeWatch.js';
export { page } from './page.js';
export { patchCycle } from './patchCycle.js';
export { patchLifecycle } from './patchLifecycle.js';
export { patchNews } from './patchNews.js';
export { patchWaiver } from './patchWaiver.js';
export { rollout } from './rollout.js';
export { soakRound } from './soak.js';
export { trialReturn } from './trialReturn.js';
export { urgencyAudit } from './urgencyAudit.js';
export { vmRestoration } from './vmRestoration.js';
export { vmSession } from './vmSession.js';
export { wave } from './wave.js';
