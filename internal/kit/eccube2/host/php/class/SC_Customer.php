<?php
/** The member of a session. It stays whatever becomes of the password: only the address is compared again. */
class SC_Customer
{
    public $customer_data;

    public function getCustomerDataFromEmailPass($pass, $email, $mobile = false)
    {
        $email = strtolower($email);
        $where = $mobile ? '(email = ? OR email_mobile = ?)' : 'email = ?';
        $vals = $mobile ? array($email, $email) : array($email);

        return $this->enter($pass, $where, $vals);
    }

    public function getCustomerDataFromMobilePhoneIdPass($pass)
    {
        $id = $_SESSION['mobile']['phone_id'] ?? false;

        return $id !== false && $this->enter($pass, 'mobile_phone_id = ?', array($id));
    }

    private function enter($pass, $where, array $vals)
    {
        $rows = SC_Query_Ex::getSingletonInstance()->getAll('SELECT * FROM dtb_customer WHERE ' . $where . ' AND del_flg = 0 AND status = 2', $vals);
        if (empty($rows) || !SC_Utils_Ex::sfIsMatchHashPassword($pass, $rows[0]['password'], $rows[0]['salt'])) {
            return false;
        }
        $this->customer_data = $rows[0];
        $this->startSession();

        return true;
    }

    public function checkMobilePhoneId()
    {
        $id = $_SESSION['mobile']['phone_id'] ?? false;

        return $id !== false && SC_Query_Ex::getSingletonInstance()->exists('dtb_customer', 'mobile_phone_id = ? AND del_flg = 0 AND status = 2', array($id));
    }

    public function updateMobilePhoneId()
    {
        $id = $_SESSION['mobile']['phone_id'] ?? false;
        if ($id === false || $this->customer_data['mobile_phone_id'] == $id) {
            return;
        }
        SC_Query_Ex::getSingletonInstance()->update('dtb_customer', array('mobile_phone_id' => $id), 'customer_id = ?', array($this->customer_data['customer_id']));
        $this->customer_data['mobile_phone_id'] = $id;
    }

    public function doLogin($login_email, $login_pass)
    {
        if (SC_Display_Ex::detectDevice() === DEVICE_TYPE_MOBILE) {
            if (!$this->getCustomerDataFromMobilePhoneIdPass($login_pass) && !$this->getCustomerDataFromEmailPass($login_pass, $login_email, true)) {
                return false;
            }
            SC_Session_Ex::regenerateSID();
            $this->updateMobilePhoneId();

            return true;
        }
        if (!$this->getCustomerDataFromEmailPass($login_pass, $login_email)) {
            return false;
        }
        SC_Session_Ex::regenerateSID();

        return true;
    }

    public function startSession()
    {
        $_SESSION['customer'] = $this->customer_data;
    }

    public function EndSession()
    {
        unset($_SESSION['customer']);
        SC_Helper_Session_Ex::destroyToken();
    }

    public function isLoginSuccess($dont_check_email_mobile = false)
    {
        if (!isset($_SESSION['customer']['customer_id']) || !SC_Utils_Ex::sfIsInt($_SESSION['customer']['customer_id'])) {
            return false;
        }
        $row = SC_Query_Ex::getSingletonInstance()->getRow('email, email_mobile', 'dtb_customer', 'customer_id = ?', array($_SESSION['customer']['customer_id']));
        if ($row === null || $row['email'] != $_SESSION['customer']['email']) {
            return false;
        }

        return $dont_check_email_mobile || SC_Display_Ex::detectDevice() !== DEVICE_TYPE_MOBILE || isset($row['email_mobile']);
    }

    public function getValue($keyname)
    {
        return $_SESSION['customer'][$keyname] ?? '';
    }

    public function setValue($keyname, $val)
    {
        $_SESSION['customer'][$keyname] = $val;
    }

    public function hasValue($keyname)
    {
        return !SC_Utils_Ex::isBlank($_SESSION['customer'][$keyname] ?? '');
    }
}
