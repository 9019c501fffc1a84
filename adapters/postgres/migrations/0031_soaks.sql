CREATE TABLE "soak_probe" (
	"run_key" text NOT NULL,
	"vm_id" text NOT NULL,
	"vm_name" text NOT NULL,
	"number" integer NOT NULL,
	"at" timestamp(3) with time zone NOT NULL,
	"kind" text NOT NULL,
	"reasons" jsonb NOT NULL,
	"facts" jsonb,
	CONSTRAINT "soak_probe_run_key_vm_id_number_pk" PRIMARY KEY("run_key","vm_id","number"),
	CONSTRAINT "soak_probe_kind" CHECK ("soak_probe"."kind" in ('healthy', 'sick', 'unknown'))
);
--> statement-breakpoint
ALTER TABLE "manifest" ADD COLUMN "present" boolean;--> statement-breakpoint
CREATE INDEX "soak_probe_vm_id_index" ON "soak_probe" USING btree ("vm_id");