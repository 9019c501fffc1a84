ALTER TABLE "decision" ADD COLUMN "by_rule" jsonb;--> statement-breakpoint
ALTER TABLE "policy_version" ADD COLUMN "changed" jsonb;