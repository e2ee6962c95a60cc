<?php
/**
 * The old way to a new password: whoever knows name, address and the secret answer is shown
 * one. It asks for nothing that is not in a stolen table of members.
 */
class LC_Page_Forgot extends LC_Page_Ex
{
    public $arrReminder = array();
    public $device_type;
    public $errmsg = '';

    public function init()
    {
        $this->skip_load_page_layout = true;
        parent::init();
        $this->tpl_title = 'パスワードを忘れた方';
        $this->tpl_mainpage = 'forgot/index.tpl';
        $masterData = new SC_DB_MasterData_Ex();
        $this->arrReminder = $masterData->getMasterData('mtb_reminder');
        $this->device_type = SC_Display_Ex::detectDevice();
        $this->httpCacheControl('nocache');
    }

    public function process()
    {
        parent::process();
        $this->action();
        $this->sendResponse();
    }

    public function action()
    {
        foreach (array('name01', 'name02', 'email', 'reminder', 'reminder_answer') as $key) {
            $this->arrForm[$key] = trim($_POST[$key] ?? '');
        }
        $this->arrForm['email'] = strtolower($this->arrForm['email']);
        switch ($this->getMode()) {
            case 'mail_check':
                $row = $this->find('status = 2');
                if (isset($row['reminder'], $this->arrReminder[$row['reminder']])) {
                    $this->arrForm['reminder'] = $row['reminder'];
                    $this->tpl_mainpage = 'forgot/secret.tpl';
                } else {
                    $this->errmsg = 'お名前に間違いがあるか、このメールアドレスは登録されていません。';
                }
                break;
            case 'secret_check':
                $this->errmsg = $this->secret();
                $this->tpl_mainpage = $this->errmsg === '' ? 'forgot/complete.tpl' : 'forgot/secret.tpl';
        }
        if ($this->device_type == DEVICE_TYPE_PC) {
            $this->setTemplate($this->tpl_mainpage);
        }
    }

    private function find($more)
    {
        $f = $this->arrForm;
        $where = '(email = ? OR email_mobile = ?) AND name01 = ? AND name02 = ? AND del_flg = 0 AND ' . $more;
        $rows = SC_Query_Ex::getSingletonInstance()->select('customer_id, reminder, reminder_answer, salt', 'dtb_customer', $where, array($f['email'], $f['email'], $f['name01'], $f['name02']));

        return $rows[0] ?? array();
    }

    private function secret()
    {
        $row = $this->find('status = 2');
        $no = '秘密の質問が一致しませんでした。';
        if (!isset($row['reminder'], $this->arrReminder[$row['reminder']]) || $row['reminder'] != $this->arrForm['reminder']) {
            return $no;
        }
        $answer = $this->arrForm['reminder_answer'];
        $right = empty($row['salt']) ? $row['reminder_answer'] == $answer : SC_Utils_Ex::sfIsMatchHashPassword($answer, $row['reminder_answer'], $row['salt']);
        if (!$right) {
            return $no;
        }
        $this->arrForm['new_password'] = GC_Utils_Ex::gfMakePassword(8);
        SC_Helper_Customer_Ex::sfEditCustomerData(array('password' => $this->arrForm['new_password']), $row['customer_id']);

        return '';
    }
}
