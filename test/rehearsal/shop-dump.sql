--
-- PostgreSQL database dump
--

\restrict 8gq0Xn1m

-- Dumped from database version 17.6
-- Dumped by pg_dump version 17.6

SET statement_timeout = 0;
SET transaction_timeout = 0;
SET timeout_of_a_later_version = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET default_tablespace = '';
SET default_table_access_method = heap;

CREATE DATABASE shop WITH TEMPLATE = template0 ENCODING = 'UTF8';
ALTER DATABASE shop OWNER TO shop_owner_of_the_dump;
\connect shop

CREATE EXTENSION IF NOT EXISTS postgis WITH SCHEMA public;
COMMENT ON EXTENSION postgis IS 'geometry; types';

--
-- Name: Sales Data; Type: SCHEMA
--

CREATE SCHEMA "Sales Data";
ALTER SCHEMA "Sales Data" OWNER TO shop_owner_of_the_dump;

CREATE TYPE public.mood AS ENUM (
    'sad',
    'it''s; ok',
    'happy'
);

CREATE FUNCTION public.touch() RETURNS trigger
    LANGUAGE plpgsql
    AS $_$
BEGIN
  NEW.note := coalesce(NEW.note, ';' || $$it's touched;$$);
  RETURN NEW;
END;
$_$;

CREATE FUNCTION public.larger(a integer, b integer) RETURNS integer
    LANGUAGE sql
    BEGIN ATOMIC
 SELECT CASE WHEN (a > b) THEN a ELSE b END;
 SELECT (CASE WHEN a > b THEN a ELSE b END) * 1;
END;

CREATE TABLE "Sales Data"."Order" (
    "Id" bigint NOT NULL,
    "select" text,
    mood public.mood DEFAULT 'happy'::public.mood,
    note text,
    tags text[]
);

ALTER TABLE "Sales Data"."Order" ALTER COLUMN "Id" ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME "Sales Data"."Order_Id_seq"
    START WITH 1
    NO MINVALUE
);

CREATE TABLE public.empty (
    id integer
);

CREATE RULE quiet AS
    ON DELETE TO public.empty DO INSTEAD ( SELECT 1; SELECT 2; );

COPY "Sales Data"."Order" ("Id", "select", mood, note, tags) FROM stdin;
1	from	it's; ok	a\tb; -- no comment	{"a;b",NULL}
2	\N	sad	'unclosed $$ "quote	\N
3	\\.	happy	line\nbreak	{}
\.

COPY public.empty (id) FROM stdin;
\.

SELECT pg_catalog.setval('"Sales Data"."Order_Id_seq"', 3, true);

ALTER TABLE ONLY "Sales Data"."Order"
    ADD CONSTRAINT "Order_pkey" PRIMARY KEY ("Id");

CREATE TRIGGER touch BEFORE INSERT ON "Sales Data"."Order" FOR EACH ROW EXECUTE FUNCTION public.touch();

GRANT SELECT ON TABLE "Sales Data"."Order" TO "Reader of the Dump";

--
-- PostgreSQL database dump complete
--

\unrestrict 8gq0Xn1m
