CREATE TABLE "test_retry" (
	"patch_id" text NOT NULL,
	"category" text NOT NULL,
	"by" text NOT NULL,
	"reason" text NOT NULL,
	"at" timestamp(3) with time zone NOT NULL,
	CONSTRAINT "test_retry_patch_id_category_at_pk" PRIMARY KEY("patch_id","category","at")
);
