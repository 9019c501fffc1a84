CREATE TABLE "isolation" (
	"isolation_id" text PRIMARY KEY NOT NULL,
	"run_key" text NOT NULL,
	"category" text NOT NULL,
	"patch_ids" jsonb NOT NULL,
	"groups" jsonb NOT NULL,
	"trials_max" integer NOT NULL,
	"until" timestamp(3) with time zone NOT NULL,
	"status" text NOT NULL,
	"detail" text NOT NULL,
	"verdicts" jsonb NOT NULL,
	"started_at" timestamp(3) with time zone NOT NULL,
	"ended_at" timestamp(3) with time zone,
	CONSTRAINT "isolation_runKey_unique" UNIQUE("run_key")
);
--> statement-breakpoint
CREATE TABLE "isolation_trial" (
	"isolation_id" text NOT NULL,
	"number" integer NOT NULL,
	"group" integer NOT NULL,
	"patch_ids" jsonb NOT NULL,
	"run_key" text,
	"verdict" text,
	"reasons" jsonb NOT NULL,
	"started_at" timestamp(3) with time zone NOT NULL,
	"ended_at" timestamp(3) with time zone,
	CONSTRAINT "isolation_trial_isolation_id_number_group_pk" PRIMARY KEY("isolation_id","number","group")
);
--> statement-breakpoint
CREATE INDEX "isolation_started_at_index" ON "isolation" USING btree ("started_at");