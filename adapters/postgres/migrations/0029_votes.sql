DROP INDEX "one_accepted_decision";--> statement-breakpoint
ALTER TABLE "decision" ADD COLUMN "signed_in_by" text;--> statement-breakpoint
ALTER TABLE "decision" ADD COLUMN "complete" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "decision" ADD COLUMN "step" text;--> statement-breakpoint
ALTER TABLE "decision" ADD COLUMN "claims" jsonb;--> statement-breakpoint
ALTER TABLE "decision_request" ADD COLUMN "approval" jsonb;--> statement-breakpoint
CREATE UNIQUE INDEX "one_answer" ON "decision" USING btree ("request_id") WHERE complete;--> statement-breakpoint
CREATE UNIQUE INDEX "one_approval_each" ON "decision" USING btree ("request_id","by") WHERE accepted and verdict = 'approve';--> statement-breakpoint
ALTER TABLE "decision" ADD CONSTRAINT "only_accepted_answers" CHECK (accepted or not complete);--> statement-breakpoint
update "decision" set "complete" = "accepted";
