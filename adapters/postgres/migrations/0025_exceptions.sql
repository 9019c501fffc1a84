CREATE TABLE "test_exception" (
	"exception_id" text PRIMARY KEY NOT NULL,
	"vm_id" text NOT NULL,
	"category" text NOT NULL,
	"patch_id" text,
	"reason" text NOT NULL,
	"by" text NOT NULL,
	"at" timestamp(3) with time zone NOT NULL,
	"until" timestamp(3) with time zone NOT NULL,
	"signature" text NOT NULL,
	"revoked_at" timestamp(3) with time zone,
	"revoked_by" text,
	"revoke_reason" text,
	CONSTRAINT "test_exception_ends" CHECK ("test_exception"."until" > "test_exception"."at")
);
--> statement-breakpoint
CREATE INDEX "test_exception_vm_id_index" ON "test_exception" USING btree ("vm_id");--> statement-breakpoint
CREATE INDEX "test_exception_category_until_index" ON "test_exception" USING btree ("category","until");