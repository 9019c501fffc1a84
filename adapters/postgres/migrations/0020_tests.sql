CREATE TABLE "test_evidence" (
	"run_key" text NOT NULL,
	"vm_id" text NOT NULL,
	"item" text NOT NULL,
	"sha256" text NOT NULL,
	"characters" integer NOT NULL,
	"cut" boolean NOT NULL,
	"content" text NOT NULL,
	"at" timestamp(3) with time zone NOT NULL,
	CONSTRAINT "test_evidence_run_key_vm_id_item_pk" PRIMARY KEY("run_key","vm_id","item")
);
--> statement-breakpoint
ALTER TABLE "test_result" ADD COLUMN "reached" jsonb DEFAULT '[]'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "test_result" ADD COLUMN "supersedes" jsonb;--> statement-breakpoint
CREATE INDEX "test_evidence_vm_id_index" ON "test_evidence" USING btree ("vm_id");--> statement-breakpoint
CREATE INDEX "test_by_time" ON "test_result" USING btree ("at","run_key","patch_id");--> statement-breakpoint
CREATE INDEX "test_by_machine" ON "test_result" USING gin ("vm_ids");