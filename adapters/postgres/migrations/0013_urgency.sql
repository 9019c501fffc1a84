CREATE TABLE "due" (
	"patch_id" text NOT NULL,
	"vm_id" text NOT NULL,
	"tier" text NOT NULL,
	"deadline" timestamp(3) with time zone,
	"rule" text,
	"fact" text,
	"cve" text,
	"clock_began" timestamp(3) with time zone,
	"forensics" boolean NOT NULL,
	"estimated" jsonb NOT NULL,
	"computed_at" timestamp(3) with time zone NOT NULL,
	CONSTRAINT "due_patch_id_vm_id_pk" PRIMARY KEY("patch_id","vm_id")
);
--> statement-breakpoint
CREATE TABLE "due_alarm" (
	"kind" text NOT NULL,
	"patch_id" text NOT NULL,
	"category" text NOT NULL,
	"deadline" timestamp(3) with time zone NOT NULL,
	"machines" integer NOT NULL,
	"told_at" timestamp(3) with time zone NOT NULL,
	CONSTRAINT "due_alarm_kind_patch_id_category_deadline_pk" PRIMARY KEY("kind","patch_id","category","deadline")
);
--> statement-breakpoint
CREATE TABLE "due_move" (
	"move_id" text PRIMARY KEY NOT NULL,
	"patch_id" text NOT NULL,
	"at" timestamp(3) with time zone NOT NULL,
	"kind" text NOT NULL,
	"from" timestamp(3) with time zone,
	"to" timestamp(3) with time zone,
	"tier_before" text NOT NULL,
	"tier" text NOT NULL,
	"because" text NOT NULL,
	"vm_ids" jsonb NOT NULL,
	"told_at" timestamp(3) with time zone
);
--> statement-breakpoint
CREATE TABLE "held_fact" (
	"cve" text NOT NULL,
	"fact" text NOT NULL,
	"since" timestamp(3) with time zone NOT NULL,
	CONSTRAINT "held_fact_cve_fact_pk" PRIMARY KEY("cve","fact")
);
--> statement-breakpoint
CREATE TABLE "forensic_evidence" (
	"hash" text PRIMARY KEY NOT NULL,
	"vm_id" text NOT NULL,
	"session_id" text NOT NULL,
	"scripts" jsonb NOT NULL,
	"content" text NOT NULL,
	"taken_at" timestamp(3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "forensic_step" (
	"patch_id" text NOT NULL,
	"vm_id" text NOT NULL,
	"because" text NOT NULL,
	"opened_at" timestamp(3) with time zone NOT NULL,
	"state" text NOT NULL,
	"scripts" jsonb NOT NULL,
	"result" text NOT NULL,
	"evidence" text,
	"session_id" text,
	"kept_restore_point" text,
	"done_at" timestamp(3) with time zone,
	"done_by" text,
	CONSTRAINT "forensic_step_patch_id_vm_id_pk" PRIMARY KEY("patch_id","vm_id"),
	CONSTRAINT "done_has_evidence" CHECK (state <> 'done' or evidence is not null),
	CONSTRAINT "waived_by_somebody" CHECK (state <> 'waived' or (done_by is not null and result <> ''))
);
--> statement-breakpoint
ALTER TABLE "decision_request" ADD COLUMN "urgency" jsonb;--> statement-breakpoint
CREATE INDEX "due_vm_id_index" ON "due" USING btree ("vm_id");--> statement-breakpoint
CREATE INDEX "due_by_deadline" ON "due" USING btree ("deadline","patch_id","vm_id");--> statement-breakpoint
CREATE INDEX "due_move_patch_id_at_index" ON "due_move" USING btree ("patch_id","at");--> statement-breakpoint
CREATE INDEX "due_move_told_at_index" ON "due_move" USING btree ("told_at");--> statement-breakpoint
CREATE INDEX "forensic_step_vm_id_index" ON "forensic_step" USING btree ("vm_id");--> statement-breakpoint
CREATE INDEX "forensic_step_session_id_index" ON "forensic_step" USING btree ("session_id");