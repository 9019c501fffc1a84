CREATE TABLE "delegation" (
	"delegation_id" text PRIMARY KEY NOT NULL,
	"delegator" text NOT NULL,
	"delegate" text NOT NULL,
	"category" text,
	"reason" text NOT NULL,
	"at" timestamp(3) with time zone NOT NULL,
	"from" timestamp(3) with time zone NOT NULL,
	"until" timestamp(3) with time zone NOT NULL,
	"signature" text NOT NULL,
	"revoked_at" timestamp(3) with time zone,
	"revoked_by" text,
	"revoke_reason" text,
	CONSTRAINT "delegated_to_another" CHECK ("delegation"."delegator" <> "delegation"."delegate"),
	CONSTRAINT "delegation_ends" CHECK ("delegation"."until" > "delegation"."from")
);
--> statement-breakpoint
ALTER TABLE "decision" ADD COLUMN "on_behalf_of" text;--> statement-breakpoint
ALTER TABLE "decision_request" ADD COLUMN "closed_at" timestamp(3) with time zone;--> statement-breakpoint
CREATE INDEX "delegation_delegate_until_index" ON "delegation" USING btree ("delegate","until");--> statement-breakpoint
CREATE INDEX "delegation_by_time" ON "delegation" USING btree ("at","delegation_id");--> statement-breakpoint
CREATE UNIQUE INDEX "one_voice_each" ON "decision" USING btree ("request_id",coalesce(on_behalf_of, by)) WHERE accepted and verdict = 'approve';