<?php
/**
 * The shop's database, with ? for values. Every method throws ExposureReset_Trouble('db')
 * when the statement fails. A layer may turn '' into NULL on the way in and out, and trim
 * the right end of texts: statements here never depend on it.
 */
interface ExposureReset_Db
{
    /** Rows as arrays by column name. */
    public function all($sql, $params = array());

    /**
     * How many rows a statement changed. MySQL counts a row that had these values already
     * as not changed.
     */
    public function run($sql, $params = array());

    /** Transactions do not nest; begin within one does nothing, and neither does its commit. */
    public function begin();

    public function commit();

    public function rollback();

    /** 'pgsql' or 'mysql' (MariaDB too). */
    public function type();
}
