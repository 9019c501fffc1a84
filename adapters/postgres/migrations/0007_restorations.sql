CREATE TABLE "restoration" (
	"restoration_id" text PRIMARY KEY NOT NULL,
	"vm_id" text NOT NULL,
	"subject" jsonb NOT NULL,
	"digest" text NOT NULL,
	"status" text NOT NULL,
	"requested_by" text NOT NULL,
	"reason" text NOT NULL,
	"requested_at" timestamp(3) with time zone NOT NULL,
	"expires_at" timestamp(3) with time zone NOT NULL,
	"decided_by" text,
	"justification" text,
	"decided_at" timestamp(3) with time zone,
	"outcome" text,
	"detail" text NOT NULL,
	"differences_after" jsonb,
	"ended_at" timestamp(3) with time zone,
	CONSTRAINT "decided_by_another" CHECK (decided_by is null or decided_by <> requested_by),
	CONSTRAINT "approved_was_decided" CHECK (status <> 'approved' or decided_by is not null)
);
--> statement-breakpoint
CREATE TABLE "role_assignment" (
	"assignment_id" text NOT NULL,
	"subscription_id" text NOT NULL,
	"scope" text NOT NULL,
	"principal_id" text NOT NULL,
	"principal_type" text NOT NULL,
	"role" text NOT NULL,
	"first_seen_at" timestamp(3) with time zone NOT NULL,
	"seen_at" timestamp(3) with time zone NOT NULL,
	"gone_at" timestamp(3) with time zone,
	CONSTRAINT "role_assignment_assignment_id_subscription_id_pk" PRIMARY KEY("assignment_id","subscription_id")
);
--> statement-breakpoint
CREATE TABLE "security_issue" (
	"issue_id" text PRIMARY KEY NOT NULL,
	"vm_id" text NOT NULL,
	"title" text NOT NULL,
	"severity" text NOT NULL,
	"cve" text,
	"found_at" timestamp(3) with time zone NOT NULL,
	"found_by" text NOT NULL,
	"note" text NOT NULL,
	"closed_at" timestamp(3) with time zone,
	"closed_by" text,
	"outcome" text,
	CONSTRAINT "closed_issue_has_outcome" CHECK ((closed_at is null) = (outcome is null))
);
--> statement-breakpoint
ALTER TABLE "rollback" ADD COLUMN "cause" text;--> statement-breakpoint
CREATE INDEX "restoration_vm_id_index" ON "restoration" USING btree ("vm_id");--> statement-breakpoint
CREATE UNIQUE INDEX "one_restoration_under_way" ON "restoration" USING btree ("vm_id") WHERE status in ('waiting', 'approved');--> statement-breakpoint
CREATE INDEX "security_issue_vm_id_index" ON "security_issue" USING btree ("vm_id");--> statement-breakpoint
-- Required patches and software of baselines name the operating system that must have them; null: every one, as before.
UPDATE "baseline" SET "content" = jsonb_set(jsonb_set("content",
	'{requiredPatches}', coalesce((SELECT jsonb_agg(jsonb_build_object('patchId', one, 'system', null)) FROM jsonb_array_elements_text("content" -> 'requiredPatches') AS one), '[]'::jsonb)),
	'{software}', coalesce((SELECT jsonb_agg(one || '{"system": null}'::jsonb) FROM jsonb_array_elements("content" -> 'software') AS one), '[]'::jsonb));
