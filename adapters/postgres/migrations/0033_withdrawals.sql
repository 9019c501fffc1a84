CREATE TABLE "withdrawal" (
	"withdrawal_id" text PRIMARY KEY NOT NULL,
	"patch_id" text NOT NULL,
	"category" text NOT NULL,
	"decision_id" text NOT NULL,
	"decision_digest" text NOT NULL,
	"by" text NOT NULL,
	"reason" text NOT NULL,
	"at" text NOT NULL,
	"signed_in_by" text NOT NULL,
	"signature" text NOT NULL,
	"accepted" boolean NOT NULL,
	"reasons" jsonb NOT NULL,
	"policy_version" text NOT NULL,
	"recorded_at" timestamp(3) with time zone NOT NULL,
	"request_id" text,
	"kind" text,
	"machines" jsonb,
	"claims" jsonb
);
--> statement-breakpoint
DROP INDEX "one_approval_each";--> statement-breakpoint
DROP INDEX "one_voice_each";--> statement-breakpoint
ALTER TABLE "decision" ADD COLUMN "withdrawal_id" text;--> statement-breakpoint
CREATE UNIQUE INDEX "withdrawn_once" ON "withdrawal" USING btree ("decision_id") WHERE accepted;--> statement-breakpoint
CREATE INDEX "withdrawal_patch_id_category_index" ON "withdrawal" USING btree ("patch_id","category");--> statement-breakpoint
CREATE UNIQUE INDEX "one_approval_each" ON "decision" USING btree ("request_id","by") WHERE accepted and verdict = 'approve' and withdrawal_id is null;--> statement-breakpoint
CREATE UNIQUE INDEX "one_voice_each" ON "decision" USING btree ("request_id",coalesce(on_behalf_of, by)) WHERE accepted and verdict = 'approve' and withdrawal_id is null;