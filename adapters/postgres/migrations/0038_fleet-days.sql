CREATE TABLE "fleet_day" (
	"day" date PRIMARY KEY NOT NULL,
	"known" integer NOT NULL,
	"complete" integer NOT NULL
);
