CREATE TABLE "twin" (
	"twin_id" text PRIMARY KEY NOT NULL,
	"source_vm_id" text NOT NULL,
	"category" text NOT NULL,
	"subject" jsonb NOT NULL,
	"digest" text NOT NULL,
	"status" text NOT NULL,
	"proposed_by" text NOT NULL,
	"reason" text NOT NULL,
	"proposed_at" timestamp(3) with time zone NOT NULL,
	"expires_at" timestamp(3) with time zone NOT NULL,
	"decided_by" text,
	"decided_at" timestamp(3) with time zone,
	"justification" text,
	"signature" text,
	"disks" jsonb,
	"vm_id" text,
	"score" double precision,
	"stands_for" integer,
	"built_at" timestamp(3) with time zone,
	"retires_at" timestamp(3) with time zone,
	"retire_asked_by" text,
	"retire_reason" text,
	"detail" text NOT NULL,
	"ended_at" timestamp(3) with time zone,
	CONSTRAINT "twin_decided_by_another" CHECK (decided_by is null or decided_by <> proposed_by),
	CONSTRAINT "twin_decision_is_signed" CHECK (status not in ('approved', 'refused', 'building', 'built') or (decided_by is not null and decided_at is not null and justification is not null and signature is not null)),
	CONSTRAINT "built_twin_ends" CHECK (status <> 'built' or (built_at is not null and retires_at > built_at))
);
--> statement-breakpoint
CREATE INDEX "twin_by_time" ON "twin" USING btree ("proposed_at","twin_id");--> statement-breakpoint
CREATE UNIQUE INDEX "one_twin_of_a_machine" ON "twin" USING btree ("source_vm_id") WHERE status in ('proposed', 'approved', 'building', 'built');