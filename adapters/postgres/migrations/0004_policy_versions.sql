CREATE TABLE "policy_version" (
	"seq" serial PRIMARY KEY NOT NULL,
	"version" text NOT NULL,
	"sources" jsonb NOT NULL,
	"author" text NOT NULL,
	"reason" text NOT NULL,
	"at" timestamp(3) with time zone NOT NULL,
	"based_on" integer,
	"guarded" jsonb NOT NULL,
	"status" text NOT NULL,
	"second_by" text,
	"second_reason" text,
	"applied_at" timestamp(3) with time zone,
	"application" integer,
	CONSTRAINT "policy_version_application_unique" UNIQUE("application"),
	CONSTRAINT "guarded_needs_a_second" CHECK (status <> 'applied' or jsonb_array_length(guarded) = 0 or (second_by is not null and second_by <> author)),
	CONSTRAINT "applied_is_counted" CHECK ((status = 'applied') = (application is not null))
);
