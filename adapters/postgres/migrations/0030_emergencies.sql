CREATE TABLE "emergency" (
	"emergency_id" text PRIMARY KEY NOT NULL,
	"patch_id" text NOT NULL,
	"category" text NOT NULL,
	"reason" text NOT NULL,
	"requested_by" text NOT NULL,
	"requested_at" timestamp(3) with time zone NOT NULL,
	"expires_at" timestamp(3) with time zone NOT NULL,
	"wanted" jsonb NOT NULL,
	"soak_seconds" integer,
	"status" text NOT NULL,
	"ended_by" text,
	"ended_at" timestamp(3) with time zone,
	"end_reason" text,
	"review_opened_at" timestamp(3) with time zone,
	"review_due_at" timestamp(3) with time zone,
	"reviewed_by" text,
	"reviewed_at" timestamp(3) with time zone,
	"review_outcome" text,
	CONSTRAINT "reviewed_by_another" CHECK (reviewed_by is null or (reviewed_by <> requested_by and status = 'ended')),
	CONSTRAINT "ended_emergency_says_why" CHECK (status <> 'ended' or (ended_by is not null and ended_at is not null and end_reason is not null and review_due_at is not null))
);
--> statement-breakpoint
CREATE TABLE "emergency_use" (
	"emergency_id" text NOT NULL,
	"run_key" text NOT NULL,
	"at" timestamp(3) with time zone NOT NULL,
	CONSTRAINT "emergency_use_emergency_id_run_key_pk" PRIMARY KEY("emergency_id","run_key")
);
--> statement-breakpoint
CREATE TABLE "signed_override" (
	"override_id" text PRIMARY KEY NOT NULL,
	"emergency_id" text NOT NULL,
	"kind" text NOT NULL,
	"names" text NOT NULL,
	"span" text,
	"patch_id" text NOT NULL,
	"category" text NOT NULL,
	"reason" text NOT NULL,
	"by" text NOT NULL,
	"at" timestamp(3) with time zone NOT NULL,
	"expires_at" timestamp(3) with time zone NOT NULL,
	"signature" text NOT NULL,
	"revoked_by" text,
	"revoked_at" timestamp(3) with time zone,
	"revoke_reason" text,
	CONSTRAINT "override_expires" CHECK (expires_at > at)
);
--> statement-breakpoint
ALTER TABLE "emergency_use" ADD CONSTRAINT "emergency_use_emergency_id_emergency_emergency_id_fk" FOREIGN KEY ("emergency_id") REFERENCES "public"."emergency"("emergency_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "signed_override" ADD CONSTRAINT "signed_override_emergency_id_emergency_emergency_id_fk" FOREIGN KEY ("emergency_id") REFERENCES "public"."emergency"("emergency_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "emergency_by_time" ON "emergency" USING btree ("requested_at","emergency_id");--> statement-breakpoint
CREATE UNIQUE INDEX "one_emergency_open" ON "emergency" USING btree ("patch_id","category") WHERE status = 'open';--> statement-breakpoint
CREATE INDEX "emergency_use_run_key_index" ON "emergency_use" USING btree ("run_key");--> statement-breakpoint
CREATE INDEX "signed_override_patch_id_category_index" ON "signed_override" USING btree ("patch_id","category");--> statement-breakpoint
CREATE UNIQUE INDEX "one_override_stands" ON "signed_override" USING btree ("emergency_id","kind","names") WHERE revoked_at is null;