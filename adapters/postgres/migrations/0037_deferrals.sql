ALTER TABLE "decision" ADD COLUMN "defer_event" jsonb;--> statement-breakpoint
ALTER TABLE "decision_bundle" ADD COLUMN "defer_event" jsonb;