CREATE TABLE "test_verdict" (
	"run_key" text NOT NULL,
	"patch_id" text NOT NULL,
	"category" text NOT NULL,
	"verdict" text NOT NULL,
	"by" text NOT NULL,
	"reason" text NOT NULL,
	"at" timestamp(3) with time zone NOT NULL,
	CONSTRAINT "test_verdict_run_key_patch_id_category_pk" PRIMARY KEY("run_key","patch_id","category"),
	CONSTRAINT "test_verdict_is_one" CHECK ("test_verdict"."verdict" in ('passed', 'failed'))
);
--> statement-breakpoint
CREATE INDEX "test_verdict_patch_id_category_index" ON "test_verdict" USING btree ("patch_id","category");