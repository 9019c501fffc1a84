CREATE TABLE "admission_lock" (
	"id" integer PRIMARY KEY NOT NULL
);
--> statement-breakpoint
CREATE TABLE "decision" (
	"seq" bigserial NOT NULL,
	"decision_id" text PRIMARY KEY NOT NULL,
	"request_id" text,
	"patch_id" text NOT NULL,
	"category" text NOT NULL,
	"verdict" text NOT NULL,
	"justification" text NOT NULL,
	"defer_until" text,
	"digest" text NOT NULL,
	"by" text NOT NULL,
	"at" text NOT NULL,
	"signature" text NOT NULL,
	"accepted" boolean NOT NULL,
	"reasons" jsonb NOT NULL,
	"policy_version" text NOT NULL,
	"recorded_at" timestamp(3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "decision_request" (
	"seq" bigserial NOT NULL,
	"request_id" text PRIMARY KEY NOT NULL,
	"patch_id" text NOT NULL,
	"category" text NOT NULL,
	"digest" text NOT NULL,
	"subject" jsonb NOT NULL,
	"requested_by" jsonb NOT NULL,
	"requested_at" timestamp(3) with time zone NOT NULL,
	"expires_at" timestamp(3) with time zone NOT NULL,
	"status" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "demand" (
	"patch_id" text NOT NULL,
	"vm_id" text NOT NULL,
	"reason" text NOT NULL,
	"computed_at" timestamp(3) with time zone NOT NULL,
	CONSTRAINT "demand_patch_id_vm_id_pk" PRIMARY KEY("patch_id","vm_id")
);
--> statement-breakpoint
CREATE TABLE "enrolment" (
	"run_key" text NOT NULL,
	"patch_id" text NOT NULL,
	"category" text NOT NULL,
	"digest" text,
	"decision_id" text,
	"vm_ids" jsonb NOT NULL,
	"notify_workflow_id" text NOT NULL,
	CONSTRAINT "enrolment_run_key_patch_id_pk" PRIMARY KEY("run_key","patch_id")
);
--> statement-breakpoint
CREATE TABLE "event" (
	"seq" bigserial PRIMARY KEY NOT NULL,
	"key" text NOT NULL,
	"at" timestamp(3) with time zone NOT NULL,
	"who" text NOT NULL,
	"what" text NOT NULL,
	"why" text NOT NULL,
	"patch_id" text,
	"vm_id" text,
	"run_key" text,
	CONSTRAINT "event_key_unique" UNIQUE("key")
);
--> statement-breakpoint
CREATE TABLE "impact" (
	"patch_id" text NOT NULL,
	"category" text NOT NULL,
	"downtime_minutes" double precision NOT NULL,
	"reboots" integer NOT NULL,
	"vm_ids" jsonb NOT NULL,
	"services" jsonb NOT NULL,
	"order" jsonb NOT NULL,
	"at" timestamp(3) with time zone NOT NULL,
	CONSTRAINT "impact_patch_id_category_pk" PRIMARY KEY("patch_id","category")
);
--> statement-breakpoint
CREATE TABLE "installation" (
	"session_id" text NOT NULL,
	"vm_id" text NOT NULL,
	"patch_id" text NOT NULL,
	"state" text NOT NULL,
	"reason" text,
	"at" timestamp(3) with time zone NOT NULL,
	CONSTRAINT "installation_session_id_patch_id_pk" PRIMARY KEY("session_id","patch_id")
);
--> statement-breakpoint
CREATE TABLE "manifest" (
	"run_key" text NOT NULL,
	"vm_id" text NOT NULL,
	"patch_id" text NOT NULL,
	"vm_name" text NOT NULL,
	"kb" text NOT NULL,
	"wave" integer NOT NULL,
	"position" integer NOT NULL,
	"state" text NOT NULL,
	"reason" text,
	CONSTRAINT "manifest_run_key_vm_id_patch_id_pk" PRIMARY KEY("run_key","vm_id","patch_id"),
	CONSTRAINT "closed_has_reason" CHECK (state in ('planned', 'installing', 'installed') or reason is not null)
);
--> statement-breakpoint
CREATE TABLE "operation" (
	"session_id" text NOT NULL,
	"step" text NOT NULL,
	"vm_id" text NOT NULL,
	"state" text NOT NULL,
	"intended_at" timestamp(3) with time zone NOT NULL,
	"operation_url" text,
	"result" jsonb,
	"error" text,
	CONSTRAINT "operation_session_id_step_pk" PRIMARY KEY("session_id","step")
);
--> statement-breakpoint
CREATE TABLE "patch" (
	"patch_id" text PRIMARY KEY NOT NULL,
	"content" jsonb NOT NULL,
	"content_hash" text NOT NULL,
	"stage" text NOT NULL,
	"stage_detail" text NOT NULL,
	"first_seen_at" timestamp(3) with time zone NOT NULL,
	"revised_at" timestamp(3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "rollback" (
	"session_id" text PRIMARY KEY NOT NULL,
	"vm_id" text NOT NULL,
	"why" text NOT NULL,
	"how" text NOT NULL,
	"at" timestamp(3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "run" (
	"seq" bigserial NOT NULL,
	"run_key" text PRIMARY KEY NOT NULL,
	"environment" text NOT NULL,
	"category" text NOT NULL,
	"ring" text NOT NULL,
	"occurrence" text NOT NULL,
	"plan_at" timestamp(3) with time zone NOT NULL,
	"opens_at" timestamp(3) with time zone NOT NULL,
	"closes_at" timestamp(3) with time zone NOT NULL,
	"status" text NOT NULL,
	"outcome" text,
	"outcome_reason" text,
	"waves" integer NOT NULL,
	"control" text NOT NULL,
	"settled_at" timestamp(3) with time zone,
	CONSTRAINT "settled_has_outcome" CHECK ((status = 'settled') = (outcome is not null))
);
--> statement-breakpoint
CREATE TABLE "session" (
	"session_id" text PRIMARY KEY NOT NULL,
	"run_key" text NOT NULL,
	"vm_id" text NOT NULL,
	"vm_name" text NOT NULL,
	"started_at" timestamp(3) with time zone NOT NULL,
	"ended_at" timestamp(3) with time zone,
	"outcome" text,
	"detail" text NOT NULL,
	"restore_point" text
);
--> statement-breakpoint
CREATE TABLE "stop" (
	"seq" bigserial PRIMARY KEY NOT NULL,
	"by" text NOT NULL,
	"reason" text NOT NULL,
	"at" timestamp(3) with time zone NOT NULL,
	"lifted_by" text,
	"lifted_reason" text,
	"lifted_at" timestamp(3) with time zone
);
--> statement-breakpoint
CREATE TABLE "test_result" (
	"run_key" text NOT NULL,
	"patch_id" text NOT NULL,
	"category" text NOT NULL,
	"tested_set" jsonb NOT NULL,
	"verdict" text NOT NULL,
	"reasons" jsonb NOT NULL,
	"vm_ids" jsonb NOT NULL,
	"downtime_minutes" double precision NOT NULL,
	"reboots" integer NOT NULL,
	"at" timestamp(3) with time zone NOT NULL,
	CONSTRAINT "test_result_run_key_patch_id_pk" PRIMARY KEY("run_key","patch_id")
);
--> statement-breakpoint
CREATE TABLE "vm" (
	"vm_id" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"azure_id" text NOT NULL,
	"subscription_id" text NOT NULL,
	"resource_group" text NOT NULL,
	"location" text NOT NULL,
	"zone" text,
	"availability_set" text,
	"size" text,
	"os_type" text NOT NULL,
	"os_name" text,
	"os_version" text,
	"power" text NOT NULL,
	"tags" jsonb NOT NULL,
	"environment" text NOT NULL,
	"environment_reason" text NOT NULL,
	"category" text,
	"category_reason" text NOT NULL,
	"guest" jsonb,
	"assessment" jsonb,
	"seen_at" timestamp(3) with time zone NOT NULL,
	"gone_at" timestamp(3) with time zone
);
--> statement-breakpoint
ALTER TABLE "enrolment" ADD CONSTRAINT "enrolment_run_key_run_run_key_fk" FOREIGN KEY ("run_key") REFERENCES "public"."run"("run_key") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "manifest" ADD CONSTRAINT "manifest_run_key_run_run_key_fk" FOREIGN KEY ("run_key") REFERENCES "public"."run"("run_key") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "one_accepted_decision" ON "decision" USING btree ("request_id") WHERE accepted;--> statement-breakpoint
CREATE INDEX "decision_patch_id_category_index" ON "decision" USING btree ("patch_id","category");--> statement-breakpoint
CREATE UNIQUE INDEX "one_waiting_request" ON "decision_request" USING btree ("patch_id","category") WHERE status = 'waiting';--> statement-breakpoint
CREATE INDEX "decision_request_patch_id_category_seq_index" ON "decision_request" USING btree ("patch_id","category","seq");--> statement-breakpoint
CREATE INDEX "demand_vm_id_index" ON "demand" USING btree ("vm_id");--> statement-breakpoint
CREATE INDEX "event_patch_id_index" ON "event" USING btree ("patch_id");--> statement-breakpoint
CREATE INDEX "event_vm_id_index" ON "event" USING btree ("vm_id");--> statement-breakpoint
CREATE INDEX "event_run_key_index" ON "event" USING btree ("run_key");--> statement-breakpoint
CREATE INDEX "installation_vm_id_at_index" ON "installation" USING btree ("vm_id","at");--> statement-breakpoint
CREATE INDEX "installation_patch_id_index" ON "installation" USING btree ("patch_id");--> statement-breakpoint
CREATE INDEX "manifest_vm_id_index" ON "manifest" USING btree ("vm_id");--> statement-breakpoint
CREATE INDEX "manifest_patch_id_index" ON "manifest" USING btree ("patch_id");--> statement-breakpoint
CREATE INDEX "operation_vm_id_state_index" ON "operation" USING btree ("vm_id","state");--> statement-breakpoint
CREATE INDEX "run_status_index" ON "run" USING btree ("status");--> statement-breakpoint
CREATE UNIQUE INDEX "one_open_session" ON "session" USING btree ("vm_id") WHERE ended_at is null;--> statement-breakpoint
CREATE INDEX "session_vm_id_index" ON "session" USING btree ("vm_id");--> statement-breakpoint
CREATE INDEX "session_run_key_index" ON "session" USING btree ("run_key");--> statement-breakpoint
CREATE INDEX "test_result_patch_id_category_index" ON "test_result" USING btree ("patch_id","category");--> statement-breakpoint
CREATE INDEX "vm_environment_category_index" ON "vm" USING btree ("environment","category");--> statement-breakpoint
CREATE INDEX "vm_name_index" ON "vm" USING btree ("name");