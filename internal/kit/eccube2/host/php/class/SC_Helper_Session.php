<?php
/** Sessions in dtb_session, and the token of the forms in them. */
class SC_Helper_Session
{
    public function __construct()
    {
        session_name('ECSESSID');
        session_set_save_handler(
            array($this, 'sfSessOpen'),
            array($this, 'sfSessClose'),
            array($this, 'sfSessRead'),
            array($this, 'sfSessWrite'),
            array($this, 'sfSessDestroy'),
            array($this, 'sfSessGc')
        );
        register_shutdown_function('session_write_close');
    }

    public function sfSessOpen($save_path, $session_name)
    {
        return true;
    }

    public function sfSessClose()
    {
        return true;
    }

    public function sfSessRead($id)
    {
        return (string) SC_Query_Ex::getSingletonInstance()->get('sess_data', 'dtb_session', 'sess_id = ?', array($id));
    }

    /** sfSessWrite makes a row again that was deleted meanwhile: a request in flight outlives a sweep. */
    public function sfSessWrite($id, $sess_data)
    {
        $objQuery = SC_Query_Ex::getSingletonInstance();
        $vals = array('sess_data' => $sess_data, 'update_date' => 'CURRENT_TIMESTAMP');
        if ($objQuery->exists('dtb_session', 'sess_id = ?', array($id))) {
            $objQuery->update('dtb_session', $vals, 'sess_id = ?', array($id));
        } elseif (strlen($sess_data) > 0) {
            $objQuery->insert('dtb_session', $vals + array('sess_id' => $id, 'create_date' => 'CURRENT_TIMESTAMP'));
        }

        return true;
    }

    public function sfSessDestroy($id)
    {
        SC_Query_Ex::getSingletonInstance()->delete('dtb_session', 'sess_id = ?', array($id));

        return true;
    }

    public function sfSessGc($maxlifetime)
    {
        SC_Query_Ex::getSingletonInstance()->delete('dtb_session', 'update_date < ?', array(date('Y-m-d H:i:s', time() - MAX_LIFETIME)));

        return true;
    }

    public static function getToken()
    {
        if (empty($_SESSION[TRANSACTION_ID_NAME])) {
            $_SESSION[TRANSACTION_ID_NAME] = self::createToken();
        }

        return $_SESSION[TRANSACTION_ID_NAME];
    }

    public static function createToken()
    {
        return sha1(uniqid((string) mt_rand(), true));
    }

    public static function isValidToken($is_unset = false)
    {
        $said = $_REQUEST[TRANSACTION_ID_NAME] ?? '';
        $ret = !empty($said) && $said === ($_SESSION[TRANSACTION_ID_NAME] ?? '');
        if ($is_unset || !$ret) {
            self::destroyToken();
        }

        return $ret;
    }

    public static function destroyToken()
    {
        unset($_SESSION[TRANSACTION_ID_NAME]);
    }
}
