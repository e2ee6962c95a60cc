<?php
/**
 * The shop's own members and sessions, and all that is ever done to them: a password made
 * worthless or set, and sessions ended. salt, secret_key and update_date stay as they are.
 *
 * Password hashes are compared by their MD5, made by the database: so none leaves it, none
 * gets into a log of statements, and no layer in between can trim or fold one.
 */
class ExposureReset_Shop
{
    private $db;

    public function __construct($db)
    {
        $this->db = $db;
    }

    /**
     * Listed members who have a password, by id from above $after: what the book says of it,
     * and 'print', read as of one moment.
     */
    public function armed($after, $limit)
    {
        return $this->db->all('SELECT m.customer_id, m.since, m.barred_at, m.evidence, m.told_evidence, m.renewal_key, m.renewal_evidence, MD5(c.password) AS print FROM plg_exposure_member m'
            . ' INNER JOIN dtb_customer c ON c.customer_id = m.customer_id'
            . " WHERE m.required = 1 AND c.password <> '' AND m.customer_id > ? ORDER BY m.customer_id LIMIT " . (int) $limit, array((int) $after));
    }

    /** How many listed members have a password. */
    public function countArmed()
    {
        $rows = $this->db->all("SELECT COUNT(*) AS n FROM plg_exposure_member m INNER JOIN dtb_customer c ON c.customer_id = m.customer_id WHERE m.required = 1 AND c.password <> ''");
        return (int) $rows[0]['n'];
    }

    /** How many listed members this shop does not have. */
    public function countStrangers()
    {
        $rows = $this->db->all('SELECT COUNT(*) AS n FROM plg_exposure_member m LEFT JOIN dtb_customer c ON c.customer_id = m.customer_id WHERE m.required = 1 AND c.customer_id IS NULL');
        return (int) $rows[0]['n'];
    }

    /**
     * Makes passwords worthless that are still the ones with these prints (by id, as armed gave
     * them); one that was changed meanwhile stays. Returns how many.
     */
    public function blank($prints)
    {
        $cases = '';
        foreach ($prints as $id => $print) {
            if (!preg_match('/\A[0-9a-f]{32}\z/', $print)) {
                throw new ExposureReset_Trouble('db');
            }
            $cases .= ' WHEN ' . (int) $id . " THEN '" . $print . "'";
        }
        return $this->db->run("UPDATE dtb_customer SET password = '' WHERE customer_id IN (" . implode(',', array_keys($prints)) . ')'
            . ' AND MD5(password) = CASE customer_id' . $cases . ' END');
    }

    /** A live member: array('email', 'email_mobile', 'password', 'salt'), texts; null for anybody else. */
    public function account($id)
    {
        $rows = $this->db->all('SELECT * FROM dtb_customer WHERE customer_id = ? AND del_flg = 0 AND status = 2', array((int) $id));
        if (!$rows) {
            return null;
        }
        $account = array();
        foreach (array('email', 'email_mobile', 'password', 'salt') as $name) { // 2.4 has no salt
            $account[$name] = isset($rows[0][$name]) ? (string) $rows[0][$name] : '';
        }
        return $account;
    }

    /** Stores a live member's new password hash; false when there is no such member, or it was this one already. */
    public function store($id, $hash)
    {
        return $this->db->run('UPDATE dtb_customer SET password = ? WHERE customer_id = ? AND del_flg = 0 AND status = 2', array($hash, (int) $id)) === 1;
    }

    /** Ends every session of these members; the keys of $ids are theirs. Returns how many. */
    public function endSessions($ids)
    {
        $ended = 0;
        $next = array(); // a layer may turn '' into NULL, than which nothing is greater
        do {
            $rows = $this->db->all("SELECT sess_id, sess_data FROM dtb_session WHERE sess_data LIKE '%customer|a:%'" . ($next ? ' AND sess_id > ?' : '')
                . ' ORDER BY sess_id LIMIT 100', $next);
            foreach ($rows as $row) {
                $next = array($row['sess_id']);
                if (self::isOf($row['sess_data'], $ids)) {
                    $ended += $this->db->run('DELETE FROM dtb_session WHERE sess_id = ?', array($row['sess_id']));
                }
            }
        } while (count($rows) === 100);
        return $ended;
    }

    /** Whether a session's text is of a member in the keys of $ids. */
    public static function isOf($text, $ids)
    {
        preg_match_all('/customer\|a:[0-9]+:\{s:11:"customer_id";(?:s:[0-9]+:"([0-9]+)"|i:([0-9]+));/', $text, $found, PREG_SET_ORDER);
        foreach ($found as $m) {
            if (isset($ids[(int) ($m[1] !== '' ? $m[1] : $m[2])])) {
                return true;
            }
        }
        return false;
    }
}
