-- The story becomes a chain (I8). What was told before is kept: it is told again, in order, as the chain's beginning.
ALTER TABLE "event" RENAME TO "event_before";--> statement-breakpoint
ALTER INDEX "event_pkey" RENAME TO "event_before_pkey";--> statement-breakpoint
ALTER TABLE "event_before" RENAME CONSTRAINT "event_key_unique" TO "event_before_key_unique";--> statement-breakpoint
DROP INDEX "event_patch_id_index";--> statement-breakpoint
DROP INDEX "event_vm_id_index";--> statement-breakpoint
DROP INDEX "event_run_key_index";--> statement-breakpoint
CREATE TABLE "event_head" (
	"id" integer PRIMARY KEY NOT NULL,
	"seq" bigint NOT NULL,
	"hash" text NOT NULL
);--> statement-breakpoint
INSERT INTO "event_head" VALUES (1, 0, repeat('0', 64));--> statement-breakpoint
CREATE TABLE "event" (
	"seq" bigint PRIMARY KEY NOT NULL,
	"body" text NOT NULL,
	"hash" text NOT NULL,
	"key" text GENERATED ALWAYS AS ((body::jsonb ->> 'key')) STORED NOT NULL,
	"at" text GENERATED ALWAYS AS ((body::jsonb ->> 'at')) STORED NOT NULL,
	"who" text GENERATED ALWAYS AS ((body::jsonb ->> 'who')) STORED NOT NULL,
	"what" text GENERATED ALWAYS AS ((body::jsonb ->> 'what')) STORED NOT NULL,
	"why" text GENERATED ALWAYS AS ((body::jsonb ->> 'why')) STORED NOT NULL,
	"patch_id" text GENERATED ALWAYS AS ((body::jsonb ->> 'patchId')) STORED,
	"vm_id" text GENERATED ALWAYS AS ((body::jsonb ->> 'vmId')) STORED,
	"run_key" text GENERATED ALWAYS AS ((body::jsonb ->> 'runKey')) STORED,
	CONSTRAINT "event_key_unique" UNIQUE("key")
);--> statement-breakpoint
CREATE INDEX "event_patch_id_seq_index" ON "event" USING btree ("patch_id","seq");--> statement-breakpoint
CREATE INDEX "event_vm_id_seq_index" ON "event" USING btree ("vm_id","seq");--> statement-breakpoint
CREATE INDEX "event_run_key_seq_index" ON "event" USING btree ("run_key","seq");--> statement-breakpoint
-- The only way in. It runs as the owner of the log, so the service needs no right to write there; the head's row puts all who append in line.
-- How many events were new: one whose key is known was told before.
CREATE FUNCTION audit_append(entries jsonb) RETURNS integer LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
	entry jsonb;
	last bigint;
	link text;
	told text;
	added integer := 0;
BEGIN
	SELECT h.seq, h.hash INTO STRICT last, link FROM event_head h WHERE h.id = 1 FOR UPDATE;
	FOR entry IN SELECT e.value FROM jsonb_array_elements(entries) WITH ORDINALITY AS e(value, n) ORDER BY e.n LOOP
		CONTINUE WHEN EXISTS (SELECT FROM event e WHERE e.key = entry ->> 'key');
		last := last + 1;
		told := (entry || jsonb_build_object('seq', last))::text;
		link := encode(sha256(convert_to(link || E'\n' || told, 'UTF8')), 'hex');
		INSERT INTO event (seq, body, hash) VALUES (last, told, link);
		added := added + 1;
	END LOOP;
	IF added > 0 THEN
		UPDATE event_head SET seq = last, hash = link WHERE id = 1;
	END IF;
	RETURN added;
END $$;--> statement-breakpoint
SELECT audit_append(coalesce(jsonb_agg(jsonb_build_object(
	'key', b.key, 'at', to_char(b.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'who', b.who, 'what', b.what, 'why', b.why,
	'before', null, 'after', null, 'patchId', b.patch_id, 'vmId', b.vm_id, 'runKey', b.run_key) ORDER BY b.seq), '[]'))
FROM event_before b;--> statement-breakpoint
DROP TABLE "event_before";--> statement-breakpoint
CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION 'the audit log is only ever added to';
END $$;--> statement-breakpoint
CREATE TRIGGER event_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON event FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();--> statement-breakpoint
-- The service's own role: everything but the log's tables. Databases of one server share their roles, so it may be there already.
DO $$
BEGIN
	IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'patchline_service') THEN
		CREATE ROLE patchline_service NOLOGIN;
	END IF;
	IF NOT pg_has_role(current_user, 'patchline_service', 'MEMBER') THEN
		EXECUTE format('GRANT patchline_service TO %I', current_user);
	END IF;
EXCEPTION
	WHEN duplicate_object THEN NULL;
	WHEN insufficient_privilege THEN
		RAISE EXCEPTION 'the user of DATABASE_URL may not make the role patchline_service: run "create role patchline_service nologin; grant patchline_service to %" as an administrator, then start again', current_user;
END $$;--> statement-breakpoint
GRANT USAGE ON SCHEMA public TO patchline_service;--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO patchline_service;--> statement-breakpoint
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO patchline_service;--> statement-breakpoint
REVOKE INSERT, UPDATE, DELETE ON event, event_head FROM patchline_service;--> statement-breakpoint
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO patchline_service;--> statement-breakpoint
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE ON SEQUENCES TO patchline_service;--> statement-breakpoint
REVOKE ALL ON FUNCTION audit_append(jsonb) FROM PUBLIC;--> statement-breakpoint
GRANT EXECUTE ON FUNCTION audit_append(jsonb) TO patchline_service;
