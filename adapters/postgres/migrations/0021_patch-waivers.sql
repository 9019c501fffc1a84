CREATE TABLE "patch_waiver" (
	"waiver_id" text PRIMARY KEY NOT NULL,
	"patch_id" text NOT NULL,
	"category" text NOT NULL,
	"vm_id" text,
	"vm_name" text,
	"until" timestamp(3) with time zone NOT NULL,
	"reason" text NOT NULL,
	"control" text NOT NULL,
	"owner" text NOT NULL,
	"revised_at" timestamp(3) with time zone,
	"renews" text,
	"status" text NOT NULL,
	"requested_by" text NOT NULL,
	"requested_at" timestamp(3) with time zone NOT NULL,
	"asked_until" timestamp(3) with time zone NOT NULL,
	"decided_by" text,
	"decided_at" timestamp(3) with time zone,
	"justification" text,
	"ended_by" text,
	"ended_at" timestamp(3) with time zone,
	"end_reason" text,
	CONSTRAINT "waived_by_another" CHECK (status not in ('approved', 'replaced') or (decided_by is not null and decided_at is not null and decided_by <> requested_by and lower(decided_by) <> lower(owner))),
	CONSTRAINT "ended_waiver_says_why" CHECK (status not in ('revoked', 'expired', 'replaced') or (ended_by is not null and ended_at is not null and end_reason is not null))
);
--> statement-breakpoint
CREATE INDEX "patch_waiver_patch_id_status_index" ON "patch_waiver" USING btree ("patch_id","status");--> statement-breakpoint
CREATE INDEX "patch_waiver_vm_id_index" ON "patch_waiver" USING btree ("vm_id");--> statement-breakpoint
CREATE INDEX "patch_waiver_by_end" ON "patch_waiver" USING btree ("until","waiver_id");--> statement-breakpoint
CREATE UNIQUE INDEX "one_waiver_asked" ON "patch_waiver" USING btree ("patch_id","category",coalesce(vm_id, '')) WHERE status = 'asked';--> statement-breakpoint
CREATE UNIQUE INDEX "one_waiver_stands" ON "patch_waiver" USING btree ("patch_id","category",coalesce(vm_id, '')) WHERE status = 'approved';