CREATE TABLE "test_check" (
	"run_key" text NOT NULL,
	"category" text NOT NULL,
	"name" text NOT NULL,
	"text" text NOT NULL,
	"role" text,
	"person" text,
	"assigned_at" timestamp(3) with time zone NOT NULL,
	"until" timestamp(3) with time zone NOT NULL,
	"outcome" text,
	"by" text,
	"note" text,
	"at" timestamp(3) with time zone,
	CONSTRAINT "test_check_run_key_name_pk" PRIMARY KEY("run_key","name"),
	CONSTRAINT "test_check_outcome" CHECK ("test_check"."outcome" in ('passed', 'failed')),
	CONSTRAINT "test_check_whole" CHECK (("test_check"."outcome" is null) = ("test_check"."by" is null) and ("test_check"."by" is null) = ("test_check"."note" is null) and ("test_check"."note" is null) = ("test_check"."at" is null))
);
--> statement-breakpoint
CREATE INDEX "test_check_assigned_at_index" ON "test_check" USING btree ("assigned_at");